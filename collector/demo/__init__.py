"""Two months of made-up traces, sent the way real ones are: what `msgtrace start --demo` shows.

`plan` says when which workflow runs, `workflows` what a run does (as `steps`), `spans` and `generate` make OTLP of it,
`send` posts it.
"""
