"""The text that a visitor finds: a tale written for this page."""

TALE = """\
A walker stood on a hill in the fog. She wanted to go down to the valley, where the lamp of the \
inn was burning, but she saw no valley and no lamp. She saw the grass at her feet, and nothing \
else. "Where is the way?" she asked the hill. The hill said nothing. So she felt the slope with \
her foot, and where the ground went down she put her foot down. One step down, and feel again.

A goat stood by the way. "Where do you go, walker?" said the goat. "Down to the valley," said \
the walker, "where the lamp of the inn is burning." "Then jump," said the goat, "as I do." The \
walker jumped as the goat did. She jumped over the valley and stood on the other hill, and she \
jumped back and stood higher than before. "The longer the step, the sooner the end," said the \
goat. "The longer the step, the higher the hill," said the walker, and she went on as before. \
One step down, and feel again.

A snail sat by the way. "Where do you go, walker?" said the snail. "Down to the valley," said \
the walker, "where the lamp of the inn is burning." "Then creep," said the snail, "as I do." The \
walker crept as the snail did. She crept for an hour, and the stone that had been before her was \
before her still. "The shorter the step, the surer the end," said the snail. "The shorter the \
step, the later the supper," said the walker, and she went on as before. One step down, and feel \
again.

A ball lay by the way. "Where do you go, walker?" said the ball. "Down to the valley," said the \
walker, "where the lamp of the inn is burning." "Then roll," said the ball, "as I do." The \
walker rolled as the ball did. She rolled through a hollow in the hill, and out of it again, and \
through the valley, and past the lamp of the inn, and up the other hill, and back, and past the \
lamp again. "The faster the ball, the smaller the hollow," said the ball. "The faster the ball, \
the longer the way to a stop," said the walker, and she went on as before. One step down, and \
feel again.

A post stood by the way. "Where do you go, walker?" said the post. "Down to the valley," said \
the walker, "where the lamp of the inn is burning." "Then stay," said the post, "as I do. The \
ground is flat here on every side, so this must be the valley." The walker stayed as the post \
did. The ground was flat on every side, but no lamp was burning. "Where the ground is flat, \
there is the end," said the post. "Where the ground is flat, there is the end or a place to \
rest," said the walker, and she went on as before. One step down, and feel again.

An owl sat by the way. "Where do you go, walker?" said the owl. "Down to the valley," said the \
walker, "where the lamp of the inn is burning." "Then ask the others," said the owl, "as I do. A \
goat, a snail, a ball and a post went down before you." The walker asked the goat, and the goat \
said jump. She asked the snail, and the snail said creep. She asked the ball, and the ball said \
roll. She asked the post, and the post said nothing. "The more you ask, the more you know," said \
the owl. "The more you ask, the more you have to forget," said the walker, and she went on as \
before. One step down, and feel again.

Then the ground was flat on every side, and the fog went up from the valley, and before the \
walker stood the inn, and the lamp was burning. The goat was there, and had jumped over the inn. \
The ball was there, and was rolling past the door. The snail was not there yet, and the post was \
still on the hill. "How did you find the way?" said the keeper of the inn. "I did not find the \
way," said the walker. "I found where the ground went down."\
"""
