"""What every test may rely on: no settings of this machine, and no deadline that a busy machine could miss."""

import os

from hypothesis import HealthCheck, settings

for name in [name for name in os.environ if name.startswith("HUB_")]:
    del os.environ[name]

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("house")
