# select.poll: one thread at a time.
import os
import select
import threading
import time

r, w = os.pipe()
poll = select.poll()
poll.register(r, select.POLLIN)
thread = threading.Thread(target=lambda: print(poll.poll() == [(r, select.POLLIN)]))
thread.start()
for _ in range(2000):  # until the thread waits
    time.sleep(0.005)
    try:
        poll.poll(0)
    except RuntimeError as e:
        print(e)  # expect: concurrent poll() invocation
        break
os.write(w, b"x")
thread.join()  # expect: True
print(poll.poll(0) == [(r, select.POLLIN)])  # expect: True
