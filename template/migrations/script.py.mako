<%! from textwrap import fill %>\
"""${message}.${"".join(f"\n\n{fill(it, 88)}" for it in unshared or ())}
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}
% if later is UNDEFINED:
% if isinstance(down_revision, str):

# It is yours: what only it makes is left alone by `make migration`.
OWN = True
% endif
% else:
% if later != "()":

# Ends what only the version before needs: `make contract` writes the revision that runs it.
% endif
LATER: tuple[str, ...] = ${later}
% endif
% if ends:
ENDS = ${repr(ends)}
% endif
% if losses:

# True, once these may go:
% for loss in losses:
# - ${loss}
% endfor
destructive = False
% endif


def upgrade() -> None:
% if ends:
    released(*ENDS)
% endif
% if losses:
    if not destructive:
        raise CommandError("It loses data: set destructive = True in ${up_revision} first")
% endif
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
