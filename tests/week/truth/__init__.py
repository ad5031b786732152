"""What alerts a stream of files makes, by judging.md §§4–6 and the decisions beside them alone.

Nothing of the program is imported here: what was sent, when it came, at which moments somebody
looked, and when our own door was shut are all that is known. Numbers are exact.
"""

from tests.week.truth.cases import Case, Identity, Span
from tests.week.truth.whole import truth_of

__all__ = ["Case", "Identity", "Span", "truth_of"]
