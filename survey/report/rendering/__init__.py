"""Drawing pictures and setting PDF files in a process of its own.

The picture engine (a JavaScript engine, about 115 MB) and the typesetter (up to 400 MB) would stay
in every web process. So they live in a process beside it (`survey.own_process`): nothing of a
report touches a disk or a command line, and that process is told no secret of the service.

`client` is what the report uses, `server` the process, `messages` what may be ordered.
"""
