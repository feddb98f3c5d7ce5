"""Whether what an analyst would do with real rows comes out the same with synthetic ones."""
