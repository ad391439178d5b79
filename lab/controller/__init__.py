"""The controller's image and the lab's driver in it."""
