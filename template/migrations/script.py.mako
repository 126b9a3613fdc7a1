"""${message}."""
<%
    # The import block as `ruff check` sorts it.
%>
import sqlalchemy as sa
from alembic import op
% if losses:
from alembic.util import CommandError
% endif
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}
% if losses:

# True, once these may go:
% for loss in losses:
# - ${loss}
% endfor
destructive = False
% endif


def upgrade() -> None:
% if losses:
    if not destructive:
        raise CommandError("It loses data: set destructive = True in ${up_revision} first")
% endif
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
