package reports
import ("testing";"os")
func TestLook(t *testing.T){ f,_:=os.Create("/tmp/rep.html"); if err:=HTML(f, samples()); err!=nil {t.Fatal(err)};f.Close()
g,_:=os.Create("/tmp/rep1.html"); if err:=HTML(g, samples()[2:3]); err!=nil {t.Fatal(err)};g.Close() }
