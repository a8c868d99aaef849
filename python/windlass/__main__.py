"""`python -m windlass` is the command `windlass`."""

from windlass import main

main()
