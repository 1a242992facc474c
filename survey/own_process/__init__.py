"""A process of its own that answers calls, for libraries that would stay in whoever loads them.

It starts with the first call and ends by itself when it was idle for a while. It is told what to do
through a pipe: nothing of it touches a disk or a command line, and it is told no secret of the
service.

`client` is the near side, `server` the process, `messages` how the two talk.
"""
