"""The line: stages in order, each file-in and file-out, resumable without any orchestrator."""
