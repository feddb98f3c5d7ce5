"""The review room in a browser: pages rendered here, nothing from elsewhere, and the same as JSON."""
