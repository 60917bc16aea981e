"""Conflicts that the report must name: an attribute that two threads change, and a list item that one writes and one reads who
writes something else (a transaction that only reads is never aborted)."""
import sys
import threading


class Account:
    def __init__(self):
        self.owner = "x"
        self.balance = 0


account = Account()
board = list(range(20))
sums = [0] * 1000


def spin():
    for _ in range(60):
        pass


def deposit(n):
    for _ in range(n):
        account.balance += 1  # planted: attribute
        spin()


def post(n):
    for i in range(n):
        board[7] = i  # planted: item written
        spin()


def look(n):
    for _ in range(n):
        sums[900] += board[7]
        spin()


work = {"attribute": (deposit, deposit), "item": (post, look)}[sys.argv[1]]
threads = [threading.Thread(target=f, args=(int(sys.argv[2]),)) for f in work]
for t in threads:
    t.start()
for t in threads:
    t.join()
if sys.argv[1] == "attribute" and account.balance != 2 * int(sys.argv[2]):
    sys.exit("lost updates")
