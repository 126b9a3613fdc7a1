"""From 1.x to 2.0: files and statements moved, and names changed, in the owner's code too."""
