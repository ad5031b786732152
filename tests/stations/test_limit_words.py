"""Words beside a limit: the ranges of factors, the types of sources."""

from __future__ import annotations

import pytest
from django.utils import translation

from stations.views.limits import band_words, source_words


@pytest.mark.parametrize(
    ("band", "vietnamese", "english"),
    [
        ("500–5000", "500–5.000", "500–5,000"),
        (">100000", ">100.000", ">100,000"),
        ("≤50", "≤50", "≤50"),
    ],
)
def test_a_range_is_written_as_numbers_are(band: str, vietnamese: str, english: str) -> None:
    with translation.override("vi"):
        assert band_words(band) == vietnamese
    with translation.override("en"):
        assert band_words(band) == english


def test_a_known_type_of_source_has_words_and_another_its_own() -> None:
    with translation.override("en"):
        assert source_words("boiler_20_t_per_h_up") == "boiler of 20 t/h and more"
        assert source_words("incinerator") == "incinerator"
