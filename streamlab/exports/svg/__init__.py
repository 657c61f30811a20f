"""The SVG picture of an exchange: axis, marks, areas of held bytes, and the document."""
