"""Controls tied to one value of a state, both ways; each has a tooltip and works from the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from .state import PRIOR_EXPERTS, ExplorerState

Show = Callable[[Exception], None]


class Controls:
    """Makes controls for the values of ``state``; what a value is refused for is told to ``show_error``."""

    def __init__(self, state: ExplorerState, show_error: Show) -> None:
        self.state, self.show_error = state, show_error

    def slider(
        self, name: str, label: str, tooltip: str, least: float, most: float, step: float | None = None
    ) -> widgets.Widget:
        """For a whole number, or with a ``step`` for any; it moves while it is dragged."""
        options = {"min": least, "max": most, "description": label, "tooltip": tooltip}
        options |= {"continuous_update": True, "value": getattr(self.state, name)}
        layout = widgets.Layout(width="290px")
        if step is None:
            return self._tie(widgets.IntSlider(layout=layout, **options), name)
        return self._tie(widgets.FloatSlider(step=step, readout_format=".2f", layout=layout, **options), name)

    def toggles(
        self, name: str, label: str, choices: Mapping[Any, str] | Sequence[str], tooltips: Sequence[str]
    ) -> widgets.Widget:
        """A few choices side by side: value → what stands on its button; a list where the value stands there."""
        made = widgets.ToggleButtons(
            options=[(text, value) for value, text in choices.items()]
            if isinstance(choices, Mapping)
            else choices,
            value=getattr(self.state, name),
            description=label,
            tooltips=list(tooltips),
            style={"button_width": "auto", "description_width": "80px"},
            layout=widgets.Layout(display="flex", align_items="baseline", width="100%"),
        )
        return self._tie(made, name)

    def prior_expert(self, remarks: Sequence[str] = ("", "", "")) -> widgets.Widget:
        """Which products a N(0, I) expert joins; ``remarks`` end what is said of each policy."""
        policies = (
            "A N(0, I) expert joins the product of the full subset only, as in the authors' code",
            "It joins every product",
            "It joins no product: the paper's formula",
        )
        hints = [policy + remark for policy, remark in zip(policies, remarks, strict=True)]
        return self.toggles("prior_expert", "prior expert", PRIOR_EXPERTS, hints)

    def choice(self, name: str, label: str, tooltip: str, choices: Mapping[Any, str]) -> widgets.Widget:
        """A list that opens: value → text."""
        made = widgets.Dropdown(
            options=[(text, value) for value, text in choices.items()],
            value=getattr(self.state, name),
            description=label,
            tooltip=tooltip,
            layout=widgets.Layout(width="290px"),
            style={"description_width": "86px"},
        )
        return self._tie(made, name)

    def number(self, name: str, label: str, tooltip: str, least: int, most: int) -> widgets.Widget:
        """A whole number to type or step."""
        made = widgets.BoundedIntText(
            value=getattr(self.state, name),
            min=least,
            max=most,
            description=label,
            tooltip=tooltip,
            layout=widgets.Layout(width="150px"),
            style={"description_width": "86px"},
        )
        return self._tie(made, name)

    def text(self, name: str, placeholder: str, tooltip: str) -> widgets.Widget:
        """A line to type."""
        made = widgets.Text(
            value=getattr(self.state, name),
            placeholder=placeholder,
            tooltip=tooltip,
            continuous_update=True,
            layout=widgets.Layout(width="290px"),
        )
        return self._tie(made, name)

    def check(self, name: str, label: str, tooltip: str) -> widgets.Widget:
        """Yes or no."""
        made = widgets.Checkbox(
            value=getattr(self.state, name),
            description=label,
            tooltip=tooltip,
            indent=False,
            layout=widgets.Layout(width="auto"),
        )
        return self._tie(made, name)

    def button(self, name: str, label: str, tooltip: str, pressed: Callable[[], None]) -> widgets.Button:
        """Something to do."""
        made = widgets.Button(
            description=label, tooltip=tooltip, layout=widgets.Layout(width="auto")
        ).add_class(f"wb-{name}")
        made.on_click(lambda _: self.guarded(pressed))
        return made

    def guarded(self, do: Callable[[], None]) -> None:
        """Do it, and show what goes wrong: an exception in a widget's callback would vanish."""
        try:
            do()
        except Exception as error:
            self.show_error(error)

    def _tie(self, made: widgets.Widget, name: str) -> widgets.Widget:
        def from_page(change: Any) -> None:
            if change["new"] != getattr(self.state, name):
                self.guarded(lambda: setattr(self.state, name, change["new"]))
                made.value = getattr(self.state, name)  # as it was, if the value was refused

        made.observe(from_page, names="value")
        self.state.observe(lambda change: setattr(made, "value", change["new"]), names=name)
        return made.add_class(f"wb-{name.replace('_', '-')}")


def row(*children: widgets.Widget, **layout: Any) -> widgets.HBox:
    """Side by side, and below each other where the page is narrow."""
    return widgets.HBox(
        list(children),
        layout=widgets.Layout(**{"flex_flow": "row wrap", "align_items": "flex-start", **layout}),
    )


def column(*children: widgets.Widget, **layout: Any) -> widgets.VBox:
    """Below each other."""
    return widgets.VBox(list(children), layout=widgets.Layout(**layout))


def panel(*children: widgets.Widget, basis: int) -> widgets.VBox:
    """Figures that share a row: ``basis`` pixels wide, wider where there is room, a line of their own where not."""
    return column(*children, flex=f"1 1 {basis}px", min_width="0")


def headline(text: str) -> widgets.HTML:
    """A small heading above a group of controls."""
    return widgets.HTML(f'<b style="font-size:13px">{text}</b>', layout=widgets.Layout(margin="2px 0"))
