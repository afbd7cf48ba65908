"""Run Quartiers from a checkout: ``python run.py VERB`` (the same as ``quartiers VERB`` once installed)."""

from sim.cli import main

if __name__ == "__main__":
    main()
