"""Where retention took what a span said."""

from __future__ import annotations

import streamlit as st


def no_longer_kept() -> None:
    with st.container(key="no_longer_kept", gap=None):
        st.markdown(":gray[:material/auto_delete:] The content is no longer kept.")
        st.caption("Times, tokens and cost stay. Settings says for how long content is kept.")
