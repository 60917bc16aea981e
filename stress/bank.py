"""Transfers between accounts: under one lock, under a lock for each account. Money is conserved, and every look sees all of it."""
import threading
from common import THREADS, amount, ok, run

ACCOUNTS = 20


class Account:
    def __init__(self, balance):
        self.balance = balance
        self.lock = threading.Lock()


def one_lock():
    accounts = [Account(100) for _ in range(ACCOUNTS)]
    lock = threading.Lock()
    done = []

    def work(seed):
        x = seed * 7919 + 1
        for i in range(amount(2000)):
            x = (x * 1103515245 + 12345) & 0x7FFFFFFF
            a, b, money = accounts[x % ACCOUNTS], accounts[(x >> 8) % ACCOUNTS], x % 50
            with lock:
                a.balance -= money
                b.balance += money
            if i % 100 == 0:
                with lock:
                    assert sum(c.balance for c in accounts) == 100 * ACCOUNTS
        done.append(seed)

    run(*[(work, (s,)) for s in range(THREADS)])
    assert sorted(done) == list(range(THREADS))
    assert sum(c.balance for c in accounts) == 100 * ACCOUNTS


def many_locks():
    accounts = [Account(100) for _ in range(ACCOUNTS)]

    def work(seed):
        x = seed * 104729 + 1
        for _ in range(amount(2000)):
            x = (x * 1103515245 + 12345) & 0x7FFFFFFF
            i, j, money = x % ACCOUNTS, (x >> 8) % ACCOUNTS, x % 50
            if i == j:
                continue
            first, second = accounts[min(i, j)], accounts[max(i, j)]
            with first.lock, second.lock:
                accounts[i].balance -= money
                accounts[j].balance += money

    def look():
        for _ in range(amount(50)):
            for a in accounts:
                a.lock.acquire()
            assert sum(c.balance for c in accounts) == 100 * ACCOUNTS
            for a in accounts:
                a.lock.release()

    run(look, *[(work, (s,)) for s in range(THREADS)])
    assert sum(c.balance for c in accounts) == 100 * ACCOUNTS


one_lock()
many_locks()
ok("bank")
