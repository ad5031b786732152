"""The register as YAML, as a person would write it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import yaml

from stations.domain.quantities import plain

WIDTH = 110


class _Writer(yaml.SafeDumper):
    """Small mappings in one line, numbers as they are written, nothing by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _number(writer: yaml.SafeDumper, number: Decimal) -> yaml.Node:
    text = plain(number)
    kind = "float" if "." in text else "int"
    return writer.represent_scalar(f"tag:yaml.org,2002:{kind}", text)


_Writer.add_representer(Decimal, _number)


def as_yaml(tree: dict[str, Any], *, between: str = "\n") -> str:
    """The text of a register file; always the same for the same register."""
    parts = [
        yaml.dump(
            {name: content},
            Dumper=_Writer,
            allow_unicode=True,
            sort_keys=False,
            default_flow_style=None if isinstance(content, list | dict) else False,
            width=WIDTH,
        )
        for name, content in tree.items()
    ]
    return between.join(parts)
