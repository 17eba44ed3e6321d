"""The rules with how they stand, and the channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from app import state
from app.components.panel import panel
from app.format import cut, escape_markdown, plural
from app.frames.alerts import KINDS, BudgetBar, rule_words
from app.selection import NEW_RULE
from collector.store.records import AlertRule, ChannelSeen

CHANNELS: Mapping[str, tuple[str, str, str]] = {
    "webhook": ("Webhook", "https://example.com/hook", "Gets JSON: rule, title, detail and links to the evidence."),
    "chat": (
        "Slack, Teams, Discord ...",
        "https://hooks.slack.com/services/...",
        "The webhook address of the channel.",
    ),
    "email": ("E-mail", "mailtos://user:password@smtp.example.com?to=team@example.com", "User, password, server, to."),
    "apprise": (
        "Other (Apprise)",
        "tgram://token/chat",
        "Any address that Apprise knows: Telegram, PagerDuty, ntfy ...",
    ),
}
"""Title, example and meaning of each kind."""


def draw_rules(
    rules: Sequence[AlertRule],
    bars: Mapping[str, BudgetBar],
    open_counts: Mapping[str, int],
    mute: Callable[[AlertRule], None],
) -> None:
    """bars: of budgets, by rule. open_counts: of events, by rule."""
    with panel("alert_rules", "Rules", plural(len(rules), "rule")):
        if not rules:
            st.text("No rule yet. Try one of these:")
        for rule in rules:
            with st.container(
                horizontal=True, vertical_alignment="center", gap="small", key=f"rule_row_{rule.rule_id}"
            ):
                _draw_rule(rule, bars.get(rule.rule_id), open_counts.get(rule.rule_id, 0), mute)
        with st.container(horizontal=True, gap="xsmall", key="new_rule"):
            if not rules:
                for kind in ("failed", "budget", "new_error"):
                    _new(KINDS[kind][0], f"new_rule_{kind}", kind)
            _new("New rule", "new_rule_any", None)


def _new(label: str, key: str, kind: str | None) -> None:
    def begin() -> None:
        state.keep("new_rule_kind", kind)
        state.change_page(rule=NEW_RULE, event=None)

    st.button(label, icon=":material/add:", on_click=begin, key=key, type="primary" if kind is None else "secondary")


def _draw_rule(rule: AlertRule, bar: BudgetBar | None, open_count: int, mute: Callable[[AlertRule], None]) -> None:
    with st.container(gap=None, key=f"rule_text_{rule.rule_id}"):
        name = escape_markdown(cut(rule.name, 60))
        muted = " :gray-badge[:material/notifications_off: muted]" if rule.is_muted else ""
        loud = f" :red-badge[▲ {open_count} open]" if open_count else " :gray-badge[✓ quiet]"
        st.markdown(f"**{name}**{loud}{muted}")
        st.caption(escape_markdown(cut(rule_words(rule), 160)))
        if bar:
            _draw_bar(bar)
    told = "Watch on, but send nothing." if not rule.is_muted else "Send again."
    icon = "notifications" if rule.is_muted else "notifications_off"
    label = "Unmute" if rule.is_muted else "Mute"
    st.button(
        label,
        icon=f":material/{icon}:",
        help=told,
        on_click=mute,
        args=(rule,),
        key=f"mute_{rule.rule_id}",
        disabled=state.reads_only(),
    )
    st.button(
        "Edit",
        icon=":material/edit:",
        on_click=state.change_page,
        kwargs={"rule": rule.rule_id, "event": None},
        key=f"edit_{rule.rule_id}",
    )


def _draw_bar(bar: BudgetBar) -> None:
    """Numbers only: nothing that people or spans have written gets into the HTML."""
    spent, limit = bar.spent / bar.scale * 100, 100 / bar.scale
    level = "over" if bar.spent >= 1 else "near" if bar.spent >= 0.8 or (bar.expected or 0) > 1 else "fine"
    ahead = "" if bar.expected is None else f'<b style="left:{bar.expected / bar.scale * 100:.1f}%"></b>'
    st.html(
        f'<div class="budget {level}" role="img" aria-label="{bar.spent * 100:.0f} % of the budget">'
        f'<i style="width:{spent:.1f}%"></i>{ahead}<u style="left:{limit:.1f}%"></u></div>'
    )
    st.caption(escape_markdown(bar.words))


def draw_channels(
    channels: Sequence[ChannelSeen],
    test: Callable[[ChannelSeen], None],
    remove: Callable[[ChannelSeen], None],
) -> None:
    if not channels:
        st.text("No channel yet: alerts appear in this inbox and on open pages only. Nothing leaves this machine.")
    for channel in channels:
        with st.container(
            horizontal=True, vertical_alignment="center", gap="small", key=f"channel_row_{channel.channel_id}"
        ):
            title = CHANNELS[channel.kind][0]
            st.markdown(f"**{escape_markdown(cut(channel.name, 60))}** :small[{title}]", width="stretch")
            st.caption(escape_markdown(cut(channel.place, 80)), width="content")
            st.button(
                "Send a test",
                icon=":material/send:",
                on_click=test,
                args=(channel,),
                key=f"test_{channel.channel_id}",
                disabled=state.reads_only(),
            )
            st.button(
                "Remove",
                icon=":material/delete:",
                on_click=remove,
                args=(channel,),
                key=f"remove_{channel.channel_id}",
                disabled=state.reads_only(),
            )


def draw_channel_form(generation: int) -> tuple[str, str, str] | None:
    """Name, kind and address, once they are to be saved. generation: another number empties the form."""
    kind = st.segmented_control(
        "New channel",
        list(CHANNELS),
        format_func=lambda name: CHANNELS[name][0],
        default="webhook",
        required=True,
        key=f"channel_kind_{generation}",
    )
    title, example, meaning = CHANNELS[kind]
    with st.form(f"channel_{generation}", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name", value=title.split(",")[0], max_chars=80, key=f"channel_name_{kind}_{generation}")
        url = st.text_input(
            "Address",
            placeholder=example,
            help=f"{meaning} It is kept in the database and never shown again.",
            type="password" if kind != "webhook" else "default",
            key=f"channel_url_{kind}_{generation}",
        )
        sent = st.form_submit_button("Add channel", icon=":material/add:", disabled=state.reads_only())
    return (name, kind, url.strip()) if sent else None
