"""Transfers between the accounts of a bank, all under one lock.

    bank.py [THREADS [TRANSFERS]]

Money is neither made nor lost: the total is the same before and after. Under Weft transfers between different accounts run in
parallel although they hold the same lock, as an uncontended lock leaves no trace in its transaction.
"""
import random
import sys
import threading
import time

ACCOUNTS = 5000
FIRST_BALANCE = 1000


class Account:
    def __init__(self, number):
        self.number = number
        self.balance = FIRST_BALANCE
        self.moves = 0


class Bank:
    def __init__(self):
        self.accounts = [Account(i) for i in range(ACCOUNTS)]
        self.lock = threading.Lock()

    def transfer(self, source, target, amount):
        with self.lock:
            if source.balance < amount:
                return False
            source.balance -= amount
            target.balance += amount
            source.moves += 1
            target.moves += 1
            return True


def clerk(bank, seed, transfers, done, index):
    rng = random.Random(seed)
    accounts = bank.accounts
    count = 0
    for _ in range(transfers):
        source = accounts[int(rng.random() * ACCOUNTS)]
        target = accounts[int(rng.random() * ACCOUNTS)]
        if source is not target and bank.transfer(source, target, int(rng.random() * 100)):
            count += 1
    done[index] = count


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    transfers = int(sys.argv[2]) if len(sys.argv) > 2 else 400000
    bank = Bank()
    done = [0] * threads
    start = time.perf_counter()
    clerks = [threading.Thread(target=clerk, args=(bank, i, transfers // threads, done, i)) for i in range(threads)]
    for thread in clerks:
        thread.start()
    for thread in clerks:
        thread.join()
    took = time.perf_counter() - start
    total = sum(account.balance for account in bank.accounts)
    moves = sum(account.moves for account in bank.accounts)
    print(f"total of all balances: {total}, expected {ACCOUNTS * FIRST_BALANCE}")
    print(f"moves: {moves}, expected {2 * sum(done)}")
    print(f"threads: {threads}, time: {took:.2f} s")
    if total != ACCOUNTS * FIRST_BALANCE or moves != 2 * sum(done):
        sys.exit("the books do not balance")


main()
