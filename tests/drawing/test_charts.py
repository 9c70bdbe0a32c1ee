"""What all charts share shows the numbers that it was given."""

from __future__ import annotations

from workbench.drawing.charts import Chart, ForestPoint, chance_line, forest_chart


def test_a_forest_has_a_panel_a_group_and_two_intervals_a_row() -> None:
    bars = [
        ForestPoint("a − b", -1.0, (-2.0, 0.0), (-3.0, 1.0)),
        ForestPoint("c − b", 2.0, (1.5, 2.5), (1.0, 3.0)),
    ]
    chart = forest_chart({"one": bars, "two": bars}, "images", "seeds", "title", "nats")
    assert [axes.get_title() for axes in chart.axes] == ["one", "two"]
    spans = [tuple(line.get_xdata()) for line in chart.axes[0].lines]
    for bar in bars:
        assert bar.thick in spans and bar.thin in spans and (bar.value,) in spans
    assert [label.get_text() for label in chart.axes[0].get_yticklabels()] == ["a − b", "c − b"]
    assert {text.get_text() for text in chart.legends[0].get_texts()} == {"images", "seeds"}


def test_signs_in_a_forest_are_true_minus_signs() -> None:
    points = [ForestPoint("a − b", -1.25, (-2.0, 0.0), (-3.0, 1.0)), ForestPoint("c", 2.0, (1, 3), (0, 4))]
    axes = forest_chart({"one": points}, "images", "seeds", "title", "nats").axes[0]
    assert [text.get_text() for text in axes.texts] == ["−1.2", "+2.0"]


def test_chance_is_a_line_with_its_name_above() -> None:
    axes = Chart().subplots()
    axes.set(ylim=(0, 1))
    chance_line(axes, 0.25)
    assert list(axes.lines[0].get_ydata()) == [0.25, 0.25]
    (text,) = axes.texts
    assert text.get_text() == "chance" and text.xy[1] == 0.25
    assert text.get_window_extent().y0 > axes.transData.transform((0, 0.25))[1]
