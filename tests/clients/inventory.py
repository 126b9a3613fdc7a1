"""python inventory.py PACKAGE: properties of models and parameters of operations, as JSON."""

import inspect
import json
import pkgutil
import sys
from importlib import import_module

import attrs

name = sys.argv[1]
sys.path.insert(0, ".")
models = import_module(f"{name}.models")
classes = [getattr(models, it) for it in models.__all__]
types = {
    it.__name__: [field.name for field in attrs.fields(it) if field.name != "additional_properties"]
    for it in classes
    if attrs.has(it)
}
functions = {}
package = import_module(f"{name}.api")
for module in pkgutil.walk_packages(package.__path__, f"{name}.api."):
    if not module.ispkg:
        given = inspect.signature(import_module(module.name)._get_kwargs).parameters
        functions[module.name.rpartition(".")[2]] = [*given]
print(json.dumps({"types": types, "functions": functions}))
