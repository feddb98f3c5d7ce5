"""Linked tables and events in time: what turns a model of rows into a model of a hospital."""
