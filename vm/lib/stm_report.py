"""weft stm-report FILE: what an event log (--stm-log) says, as text. See docs/stm-log.md."""
import json
import sys

USAGE = "usage: weft stm-report FILE"


def read_events(path):
    """Events, and the number of lines that are none (a log cut off in the middle has one)."""
    events, broken = [], 0
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                event = json.loads(line)
            except ValueError:
                broken += 1
                continue
            if isinstance(event, dict) and "event" in event:
                events.append(event)
    return events, broken


def object_text(event):
    """As "dict['rounds'] of module m", "Account.balance", "list[17]"."""
    text = event.get("type")
    if text is None:
        return "object unknown"
    if "key" in event:
        text += f"[{event['key']}]"
    elif "index" in event:
        text += f"[{event['index']}]"
    elif "attr" in event:
        text += f".{event['attr']}"
    elif "part" in event:
        text += f" ({event['part']})"
    if "of" in event:
        text += f" of {event['of']}"
    return text


def milliseconds(ns):
    return f"{ns / 1e6:.1f} ms"


class Conflict:
    def __init__(self):
        self.lost = self.aborts = 0
        self.threads = set()


def collect_conflicts(events):
    conflicts = {}
    for event in events:
        if event["event"] != "abort":
            continue
        if "ref" in event:
            key = (object_text(event), event.get("here", "?"), event.get("there", "?"))
        else:
            key = (event.get("why", "?"), event.get("begun", "?"), "")
        conflict = conflicts.setdefault(key, Conflict())
        conflict.lost += event.get("lost_ns", 0)
        conflict.aborts += 1
        conflict.threads.add(event.get("thread"))
    return sorted(conflicts.items(), key=lambda item: -item[1].lost)


def print_conflicts(conflicts, limit):
    if not conflicts:
        print("No transaction was aborted.")
        return
    print("Aborted transactions, by time lost:")
    for (what, here, there), conflict in conflicts[:limit]:
        print(f"\n  {milliseconds(conflict.lost)} lost in {conflict.aborts} aborts: {what}")
        print(f"    aborted at     {here}")
        if there:
            print(f"    changed at     {there}")
        print("    threads        " + ", ".join(str(t) for t in sorted(conflict.threads, key=str)))
    if len(conflicts) > limit:
        rest = conflicts[limit:]
        print(f"\n  {len(rest)} more: {milliseconds(sum(c.lost for _, c in rest))} in {sum(c.aborts for _, c in rest)} aborts")


PAGE_OPERATIONS = ("page_requests", "page_transfers", "page_privatised", "page_stale", "page_rebuilt", "pages_claimed")
COLUMNS = (
    ("thread", lambda e: e["thread"]),
    ("commits", lambda e: e.get("commits", 0)),
    ("logged", lambda e: e.get("commits_logged", 0)),
    ("aborts", lambda e: e.get("aborts", 0)),
    ("inevitable", lambda e: e.get("inevitable", 0)),
    ("page ops", lambda e: sum(e.get(name, 0) for name in PAGE_OPERATIONS)),
    ("lost", lambda e: milliseconds(e.get("lost_work_ns", 0))),
    ("commit", lambda e: milliseconds(e.get("commit_ns", 0))),
    ("collection", lambda e: milliseconds(e.get("collection_ns", 0) + e.get("major_ns", 0))),
    ("longest pause", lambda e: milliseconds(e.get("longest_pause_ns", 0))),
)


def print_threads(events):
    threads = [event for event in events if event["event"] == "thread"]
    if not threads:
        print("\nThe log has no thread's counters: the process did not end by itself.")
        return
    rows = [[title for title, _ in COLUMNS]]
    rows += [[str(value(event)) for _, value in COLUMNS] for event in sorted(threads, key=lambda e: e["thread"])]
    widths = [max(map(len, column)) for column in zip(*rows)]
    print("\nThreads:")
    for row in rows:
        print("  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths)))


def print_inevitable(events):
    reasons = {}
    for event in events:
        if event["event"] == "inevitable":
            reasons[event.get("why", "?")] = reasons.get(event.get("why", "?"), 0) + 1
    if reasons:
        print("\nInevitable transactions, by reason:")
        for why, count in sorted(reasons.items(), key=lambda item: -item[1]):
            print(f"  {count:8}  {why}")


def main():
    if len(sys.argv) != 2:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        events, broken = read_events(sys.argv[1])
    except OSError as error:
        print(f"weft stm-report: {error}", file=sys.stderr)
        return 1
    if not events:
        print(f"weft stm-report: {sys.argv[1]} has no events in it", file=sys.stderr)
        return 1
    print_conflicts(collect_conflicts(events), 20)
    print_inevitable(events)
    print_threads(events)
    if broken:
        print(f"\n{broken} lines were not understood.")
    return 0


sys.exit(main())
