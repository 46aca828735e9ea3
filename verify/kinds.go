package verify

import "slices"

// SilentFailure is one kind of silent or failed detection.
type SilentFailure struct {
	ID   string // SF-01
	Name string
	// From and To bound the hops at which it loses a page.
	From, To Hop
	Summary  string // one sentence
	Remedy   string // one sentence
}

// SilentFailures lists every kind, by number.
func SilentFailures() []SilentFailure { return slices.Clone(silentFailures) }

var silentFailures = []SilentFailure{
	{
		"SF-01", "co-mingled monitor", SignalEmitted, Collected, "The monitor dies together with what it watches, so nobody is left to notice.",
		"Run the check outside of the service's process group, container and host, or add one from outside.",
	},
	{
		"SF-02", "shared fate", Collected, NotificationAccepted, "The way of the pages needs what has just failed: the network, the DNS, the host, the zone.",
		"Page over a way that does not need what it warns of, and let something outside notice when the canary stops.",
	},
	{
		"SF-03", "stalled engine", RuleEvaluated, RuleEvaluated, "The alarm engine runs and looks healthy, and no longer evaluates its rules.",
		"Alert on the age of the last evaluation, from outside of the engine.",
	},
	{
		"SF-04", "no data is taken for good", Collected, RuleEvaluated, "The series that the rule looks at vanish with the fault, and a threshold on nothing never fires.",
		"Add a rule on up == 0 or absent() for every input.",
	},
	{
		"SF-05", "stale green", SignalEmitted, Collected, "The last good value is kept and looks alive, though nobody writes it any more.",
		"Alert on the age of the value as well: push time, file time, last success.",
	},
	{
		"SF-06", "rule that can never fire", RuleEvaluated, Pending, "The rule asks for series, labels or values that do not exist.",
		"Ask for what is there; test the rule by breaking what it watches.",
	},
	{
		"SF-07", "evaluation error", RuleEvaluated, RuleEvaluated, "The rule fails whenever it is evaluated.",
		"Mend the expression; alert on rule evaluation failures.",
	},
	{
		"SF-08", "diluted signal", Pending, Pending, "What fails is averaged away among what does not.",
		"Alert on the part, or on the share of parts that fail.",
	},
	{
		"SF-09", "too slow", Collected, IncidentCreated, "It would have fired, but not in time.",
		"Shorten the slowest hop: scrape, smoothing, for, group_wait; or allow more time.",
	},
	{
		"SF-10", "masked by restarts or flapping", SignalEmitted, Routed, "The target comes back before the rule has lasted, again and again.",
		"Alert on the number of restarts, or on the share of time that was bad.",
	},
	{
		"SF-11", "router unreachable", HandedToRouter, HandedToRouter, "The alert fires, and the router never hears of it.",
		"Mend the address of the router, and alert on notification errors over another way.",
	},
	{
		"SF-12", "forgotten silence", Routed, Routed, "A silence, a downtime or a maintenance window swallows the page.",
		"End it; give silences an owner, an end and a narrow matcher.",
	},
	{
		"SF-13", "over-broad inhibition", Routed, Routed, "Another alert suppresses this one.",
		"Narrow the inhibition, and see that its equal labels are there on both sides.",
	},
	{
		"SF-14", "muted by the calendar", Routed, Routed, "The route is muted at this time of the day or week.",
		"Do not mute what must wake somebody.",
	},
	{
		"SF-15", "misrouted", Routed, Routed, "The alert goes to a receiver that nobody watches, or with the wrong urgency.",
		"Give the alert the labels that its route asks for, and let no route end in a receiver that does nothing.",
	},
	{
		"SF-16", "rejected by the provider", NotificationAccepted, NotificationAccepted, "The notification is sent, and refused.",
		"Mend the key or the payload, and alert on failed notifications over another way.",
	},
	{
		"SF-17", "deduplicated into an open incident", NotificationAccepted, ResponderNotified, "An incident that is open already takes the page in, and nobody hears of it.",
		"Resolve incidents, and use keys that tell faults apart.",
	},
	{
		"SF-18", "provider outage", NotificationAccepted, ResponderNotified, "The paging provider itself is down.",
		"Have a second way, over another provider.",
	},
	{
		"SF-19", "last mile blocked", ResponderNotified, ResponderNotified, "The message is sent, and never reaches the person.",
		"Test every channel end to end, on a schedule.",
	},
	{
		"SF-20", "nobody home", ResponderNotified, IncidentAcknowledged, "Nobody is on call, or nobody answers.",
		"Close the gaps of the schedule, and escalate to a second level.",
	},
	{
		"SF-21", "false recovery", IncidentResolved, IncidentResolved, "The incident is resolved while the fault is still there.",
		"Tie the recovery to a good check, not to the absence of bad ones.",
	},
	{
		"SF-22", "stuck open", IncidentResolved, IncidentResolved, "The recovery is never sent, and the open incident hides the next fault.",
		"Send recoveries, with the key of the trigger.",
	},
	{
		"SF-23", "wrong alert", IncidentCreated, IncidentCreated, "Another alert fired and is taken for the right one.",
		"Match on service and key, and see why the right one is silent.",
	},
	{
		"SF-24", "storm", IncidentCreated, ResponderNotified, "The page is buried under many others of the same fault.",
		"Group the alerts of one fault.",
	},
	{
		"SF-25", "coverage gap", RuleEvaluated, RuleEvaluated, "There is no rule at all.",
		"Write one, and break what it watches to see it fire.",
	},
	{
		"SF-26", "rotten alert", RuleEvaluated, IncidentCreated, "It worked once, and nobody has tried since.",
		"Try it again, on a schedule.",
	},
	{
		"SF-27", "clock trouble", Collected, Pending, "The clocks disagree, so samples are dropped or times are wrong.",
		"Synchronise the clocks, and alert on their offset.",
	},
	{
		"SF-28", "void test", FaultEffective, FaultEffective, "The fault had no effect, so the silence proves nothing.",
		"See whether the attack hits what the steady state is about.",
	},
	{
		"SF-29", "blind runner", FaultEffective, IncidentCreated, "Friday could not look, so the silence proves nothing.",
		"Give the runner a way to the alerting system that the fault does not touch.",
	},
}

// FindSilentFailure finds a kind by its id.
func FindSilentFailure(id string) (SilentFailure, bool) {
	i := slices.IndexFunc(silentFailures, func(s SilentFailure) bool { return s.ID == id })
	if i < 0 {
		return SilentFailure{}, false
	}
	return silentFailures[i], true
}
