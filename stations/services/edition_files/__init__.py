"""An edition of a regulation as a file: YAML as in stations/facts/regulations, or a workbook."""

from stations.services.edition_files.reading import read_edition, read_factors
from stations.services.edition_files.told import Cell, EditionFile, file_of
from stations.services.edition_files.writing import as_workbook, as_yaml, factors_as_yaml

__all__ = [
    "Cell",
    "EditionFile",
    "as_workbook",
    "as_yaml",
    "factors_as_yaml",
    "file_of",
    "read_edition",
    "read_factors",
]
