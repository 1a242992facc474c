"""Counting the change between two rounds in a process of its own.

The statistics need SciPy, whose tests take about 60 MiB in whoever loads them: the web process
where a mentor closes a round, the worker at its deadline. So they live in a process beside it
(`survey.own_process`). It is given the ratings of both rounds, without comments and names, and
gives the figures back. It writes nothing.

`client` is what the close of a round uses, `server` the process, `messages` what travels between.
"""
