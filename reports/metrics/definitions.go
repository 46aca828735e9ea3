package metrics

// Definition is what a number means, to be shown where the number is.
type Definition struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Formula string `json:"formula"`
	Source  string `json:"source"` // whose definition it is
}

// Definitions lists all of them, in the order in which they are told.
func Definitions() []Definition {
	return []Definition{
		{"fault", "Fault", "one step of a run in which something was broken and for which a page was asked; its outcome is the worst verdict on its pages", "Friday"},
		{"valid", "Valid fault", "a fault whose outcome is not VOID, INCONCLUSIVE, IMPOSSIBLE, ABORTED or UNJUDGED, and whose silence nobody overturned; only these count", "Friday"},
		{"detection", "Detection rate", "(PASS + NOISY) ÷ valid faults", "recall, SRE Workbook, ch. 5"},
		{"shares", "Late, silent, wrong … rate", "the outcome ÷ valid faults; with the detection rate they sum to 1", "Friday"},
		{"interval", "95% interval", "Wilson's score interval: with few faults it is wide, and the true share may be anywhere in it", "Wilson 1927"},
		{"trend", "Trend", "difference of the shares of two periods of the same length, with its 95% interval; told only if at least 10 counted in both", "Newcombe 1998, method 10"},
		{"precision", "Precision", "incidents that were asked for ÷ all incidents opened from the fault to the end of its step on the watched services", "SRE Workbook, ch. 5"},
		{"ttd", "Time to detect (TTD)", "incident created − fault in force, of the slowest page of a fault", "SRE practice; some count from the first event instead"},
		{"ttn", "Time to notify (TTN)", "first responder notified − fault in force, of the slowest page of a fault", "detection time, SRE Workbook, ch. 5"},
		{"tta", "Time to acknowledge (TTA)", "first explicit acknowledgement − incident created, of each page", "PagerDuty analytics, seconds_to_first_ack"},
		{"fault-to-ack", "Fault to acknowledgement", "first explicit acknowledgement − fault in force, of the slowest page of a fault", "Friday"},
		{"ttr", "Time to resolve (TTR)", "incident resolved − incident created, of each page", "PagerDuty analytics, seconds_to_resolve"},
		{"percentile", "p50, p90, p95, max", "type-7 interpolation over all valid faults or pages, where one that never came is +∞: it is printed as longer than what was measured or than the time for which was looked; with fewer than 5 the values themselves", "Hyndman and Fan 1996"},
		{"mttr-acknowledged", "MTTR of acknowledged incidents", "mean of (resolved − created) over acknowledged incidents that were resolved", "PagerDuty operational reviews"},
		{"mttr-triggered", "MTTR of all incidents", "mean of (resolved − created) over all incidents that were resolved", "PagerDuty analytics"},
		{"mttr-outage", "MTTR from failure to recovery", "mean of (steady state green again − fault in force)", "time between failure and recovery from failure"},
		{"ack-share", "Acknowledged at % of resolve", "100 · (acknowledged − created) ÷ (resolved − created), of each page that came; not defined where resolved = created, or where it was acknowledged only when it was resolved already", "Friday"},
		{"recovery", "Recovery time", "steady state green again − undo; of what healed by itself before the undo, − fault in force", "Friday"},
		{"reset", "Reset time", "incident resolved − steady state green again; negative: it was resolved too early", "SRE Workbook, ch. 5"},
		{"margin", "Margin", "deadline − time to detect; as a percentage, ÷ deadline", "Friday"},
		{"noise", "Pages per fault", "incidents, notifications and unexpected incidents ÷ valid faults", "PagerDuty analytics"},
		{"off-hours", "Off-hours", "notifications from 22:00 up to 08:00 in the zone of the report ÷ all notifications", "sleep hours, PagerDuty analytics"},
		{"false-silence", "False silence", "SILENT verdicts that people overturned ÷ SILENT verdicts; it tells how good the test is, not the alerting", "Friday"},
		{"coverage", "Fault coverage", "cells (service × class of fault) in which the newest fault of every scenario was a PASS and is not older than the oldest age allowed ÷ cells that are declared or were ever tried", "Friday"},
		{"proven-age", "Proven age", "now − last PASS", "Friday"},
		{"hops", "Hop coverage", "hops of the alert path of which something was seen ÷ 13, over all pages of valid faults", "Friday"},
		{"controls", "Negative controls", "runs with no fault, in which no page may come; they count in no other number", "Friday"},
		{"yield", "Findings per fault", "to-dos that were opened ÷ valid faults", "PagerDuty: about 1 for 3.2 faults in four years"},
	}
}

// Define finds a definition by its id.
func Define(id string) (Definition, bool) {
	for _, d := range Definitions() {
		if d.ID == id {
			return d, true
		}
	}
	return Definition{}, false
}
