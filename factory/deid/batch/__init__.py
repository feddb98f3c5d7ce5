"""One batch of tables in two passes over partitions: `survey` counts, `plan` fits operators, `engine` applies them."""
