"""Who and where: institutions, units, places, staff, devices, their rights and how they sign in."""
