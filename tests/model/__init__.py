"""The rules once more, written from `judging.md` and the contract alone.

Nothing of the program is imported here: whoever doubts a verdict can hold these pages beside
those. One module a part:

- `register`  what is known of a station, each thing with its days
- `files`     what the lines of a file say, and what comes of the file (contract, "Reading a file")
- `readings`  which value counts (§4)
- `slots`     slots, means and captures, with oxygen (§1)
- `limits`    which limit holds on a day (§3)
- `verdicts`  which periods are judged, and what is said of each (§§2, 4)
- `alerts`    what is told, what stands of it, and when it is over (§5)
- `outcome`   all of it for one history of reception

Moments are of Vietnam and have no zone; Vietnam has been at UTC+7 all the time. Numbers are
fractions: nothing is ever rounded.
"""
