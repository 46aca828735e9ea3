package judge

import "fmt"

// mustNot judges must_not_fire. Silence passes only if something was broken, and if somebody looked at the end.
func (c *stepCase) mustNot() finding {
	end := c.held()
	if held := c.step.holdEnd; !held.IsZero() {
		end = earliest(end, held)
	}
	switch {
	case len(c.matched) > 0:
		first := c.matched[0]
		return finding{
			verdict: Unexpected,
			reason:  fmt.Sprintf("%s %q fired %s after the fault, and must not", first.ID, first.Title, c.after(c.result.Detected)),
			advice:  "narrow the alert to what it is for",
		}
	case c.cutShort(c.held()):
		return c.aborted()
	case c.inForce.IsZero():
		return c.voided(c.void(end))
	case c.step.unfelt() != "":
		return c.voided(c.step.unfelt())
	case !c.readAfter(end):
		return c.blind()
	}
	why := "stayed silent while the fault was in force"
	if len(c.later) > 0 {
		why += fmt.Sprintf("; %s fired after it was undone", c.later[0].ID)
	}
	return finding{verdict: Pass, reason: why}
}

// control judges a run without a fault: an alert that fires all the same proves nothing.
func (c *stepCase) control() finding {
	switch {
	case len(c.matched) > 0 && !c.want.MustNot:
		return finding{
			verdict: Unexpected, reason: fmt.Sprintf("fired with no fault (%s): the alert proves nothing", c.matched[0].ID),
			advice: "find out what makes it fire, and let it depend on the service",
		}
	case len(c.matched) > 0:
		return finding{
			verdict: Unexpected, reason: fmt.Sprintf("fired with no fault (%s)", c.matched[0].ID),
			advice: "narrow the alert to what it is for",
		}
	case c.cutShort(c.held()):
		return c.aborted()
	case !c.readAfter(c.held()):
		return c.blind()
	default:
		return finding{verdict: Pass, reason: "stayed silent without a fault"}
	}
}
