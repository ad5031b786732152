"""`export_register`: the register as a file that `load_register` takes again."""

from stations.services.register_export.as_workbook import as_workbook
from stations.services.register_export.as_yaml import as_yaml
from stations.services.register_export.tree import register_tree

__all__ = ["as_workbook", "as_yaml", "register_tree"]
