"""The file in which a running PostgreSQL keeps its process number."""
import os


def remove_stale_pid_file(data):
    """Removes what a PostgreSQL that did not end by itself left; only while none can run, as a container begins.

    Process numbers are the same in every container. The one in the file would be that of Patroni's process that is
    about to become PostgreSQL, and `pg_ctl reload` would kill it: Patroni then waits for it for good."""
    try:
        os.remove(os.path.join(data, "postmaster.pid"))
    except FileNotFoundError:
        return
    print("PostgreSQL did not end by itself: its file postmaster.pid is removed", flush=True)
