"""What migrations do while others read and write."""

from alembic import op

PAGES = 200  # of 8 kB: what one transaction changes


def fill(table: str, column: str, value: str) -> None:
    """Set what is null in `column` to the SQL `value`, some pages of the table at a time.

    To be called where each statement is a transaction of its own.
    """
    op.execute(f"""
    DO $$
    DECLARE
        size bigint := pg_relation_size('{table}'::regclass) / 8192;
    BEGIN
        FOR page IN 0..size BY {PAGES} LOOP
            UPDATE {table} SET {column} = {value}
            WHERE {column} IS NULL AND ctid >= format('(%s,0)', page)::tid
                AND ctid < format('(%s,0)', page + {PAGES})::tid;
            COMMIT;
        END LOOP;
    END $$
    """)
    op.execute(f"UPDATE {table} SET {column} = {value} WHERE {column} IS NULL")
