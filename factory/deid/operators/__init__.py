"""Operators, one file each: what is done to the cells of a column, fitted on a whole batch, applied by partition."""
