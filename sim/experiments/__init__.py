"""Experiments: what a study has to run, where results lie, and who runs them.

``plan`` lists the runs of a study, ``store`` keeps their results, ``shard`` runs the paired arms of one seed,
``local`` gives shards to the processors of this machine, ``provenance`` says what code and machine ran.
A launcher only decides *where* a shard runs: what a run is and where its result lies do not depend on it.
"""
