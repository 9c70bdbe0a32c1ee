"""The kit of an explorer: state, controls, drawing, printing, export."""
