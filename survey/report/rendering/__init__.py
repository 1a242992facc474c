"""Drawing pictures and setting PDF files in a process of its own.

The picture engine (a JavaScript engine, about 115 MB) and the typesetter (up to 400 MB) would stay
in every web process. So they live in a process beside it, which starts with the first picture and
ends by itself when it was idle for a while. It is given what to draw through a pipe: nothing of a
report touches a disk or a command line, and it is told no secret of the service.

`client` is what the report uses, `server` the process, `messages` how the two talk.
"""
