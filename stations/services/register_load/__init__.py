"""`load_register`: a register file comes in, whole or not at all."""

from stations.services.register_load.load import load_file, load_tree
from stations.services.register_load.register import Loaded
from stations.services.register_load.tree import Problem, RegisterRefused

__all__ = ["Loaded", "Problem", "RegisterRefused", "load_file", "load_tree"]
