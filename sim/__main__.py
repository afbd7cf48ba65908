"""``python -m sim VERB``: the command line where neither ``run.py`` nor the installed command is at hand."""

from sim.cli import main

if __name__ == "__main__":
    main()
