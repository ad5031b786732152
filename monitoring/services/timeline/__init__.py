"""Timelines: a register, files and people's acts at moments, and what must come of them.

Played through the real pipeline with a moved clock; nothing is faked but the clock and the mail
server, which a timeline tells what to answer.

A timeline is a YAML mapping. A file may hold several, as documents after `---`; a first one that
says `world` gives the others their `register`, `day`, `until` and `settings`. Each says:

- `name`, `day` (2024-05-21), `until`. Moments are `08:35`, `+1 08:35` (a day later) or ISO 8601;
  lengths of time are `5 min`, `2 h`, `1 d`.
- `register`: as in a register file. `settings`: kinds and steps of the desk as in
  `alerts/facts/policy.yaml`, `look_every`, and `numbers` (numbers of the rules by their key, such
  as `outage_share: 0.5`; `stuck_slots` counts only where it is named here, for calm hours are
  written with one value).
- `steps`, each with `at` and one act:
  `file` (station, measured, values or text, name) · `files` (station or stations, from, until,
  every, delay, without, received, values) ·
  `rows` (of a station: one file with a row a slot; from, until, every, without, values) ·
  `person` (does, alert, note, cause) ·
  `announce` (station, what, from, until, by, approved_by) · `decide` ·
  `change` (a register) · `settle` ·
  `calendar` (an officer; day, kind: off or worked, called) – a day that is no usual one ·
  `reach` – the look of each day for facilities at which nobody can be written to ·
  `mail_server` (up, down; or to and answers) ·
  `door: down` / `door: up` – our door for loggers: its probe fails, nobody is silent ·
  `ours: down` / `ours: up` – our whole program stands still, and finds so when it runs again ·
  `line: down` (stations, or zone) / `line: up` – loggers that cannot reach us.
  While a logger cannot send it keeps its files; they come in the order of their stamps at the
  moment of `up`, unless that says `lost: true`.
- `expect`: `alerts`, `mails`, `refused` (acts), and all of them are exactly these; `outages` (what:
  line, door or own; zone, start, end, stations) are exactly these where they are named.
"""

from monitoring.services.timeline.comparing import Difference, compare
from monitoring.services.timeline.limits import read_to_try
from monitoring.services.timeline.playing import play
from monitoring.services.timeline.reading import (
    Timeline,
    TimelineRefused,
    read_timeline,
    read_timelines,
)
from monitoring.services.timeline.rehearsing import Rehearsed, rehearse

__all__ = [
    "Difference",
    "Rehearsed",
    "Timeline",
    "TimelineRefused",
    "compare",
    "play",
    "read_timeline",
    "read_timelines",
    "read_to_try",
    "rehearse",
]
