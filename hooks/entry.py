"""The one file that Copier loads; it loads the rest of `hooks/` under a name of its own.

`copier update` renders the old and the new template in one process, each from its own checkout,
so neither may find the other's modules in `sys.modules`. Inside the package: relative imports only.
"""

import sys
from hashlib import sha256
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

root = Path(__file__).resolve().parent
package = f"_hooks_{sha256(bytes(root)).hexdigest()[:12]}"
if package not in sys.modules:
    spec = spec_from_file_location(
        package, root / "__init__.py", submodule_search_locations=[str(root)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules[package] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[package])

Hook = import_module(f"{package}.context").Hook
