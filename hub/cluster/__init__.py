"""Several hubs over one database: what each must learn of the others."""
