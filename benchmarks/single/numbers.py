"""Programs of numbers: floats, ints, big ints, matrices."""
import math


def nbody(n):
    bodies = [[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.47], [4.84, -1.16, -0.1, 0.6, 2.81, -0.02, 0.037], [8.34, 4.12, -0.4, -1.01, 1.82, 0.008, 0.011],
              [12.89, -15.11, -0.22, 1.08, 0.86, -0.01, 0.0017], [15.37, -25.91, 0.17, 0.97, 0.59, -0.03, 0.002]]
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1:]]
    for _ in range(n):
        for a, b in pairs:
            dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
            pull = 0.01 / (dx * dx + dy * dy + dz * dz) ** 1.5
            ma, mb = a[6] * pull, b[6] * pull
            a[3] -= dx * mb
            a[4] -= dy * mb
            a[5] -= dz * mb
            b[3] += dx * ma
            b[4] += dy * ma
            b[5] += dz * ma
        for body in bodies:
            body[0] += 0.01 * body[3]
            body[1] += 0.01 * body[4]
            body[2] += 0.01 * body[5]
    return [round(body[0], 9) for body in bodies]


def spectral(n):
    def a(i, j):
        return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)

    def times(v):
        return [sum(a(i, j) * x for j, x in enumerate(v)) for i in range(len(v))]

    def times_transposed(v):
        return [sum(a(j, i) * x for j, x in enumerate(v)) for i in range(len(v))]

    u = v = [1.0] * 60
    for _ in range(n):
        v = times_transposed(times(u))
        scale = max(v)
        u = [x / scale for x in v]
    return round(math.sqrt(sum(x * y for x, y in zip(u, v)) / sum(y * y for y in v)), 9)


def fannkuch(n):
    best = 0
    for _ in range(n):
        perm1, count, r = list(range(7)), [0] * 7, 7
        while True:
            while r != 1:
                count[r - 1] = r
                r -= 1
            perm, flips = perm1[:], 0
            k = perm[0]
            while k:
                perm[:k + 1] = perm[k::-1]
                flips += 1
                k = perm[0]
            best = max(best, flips)
            while True:
                if r == 7:
                    break
                perm1.insert(r, perm1.pop(0))
                count[r] -= 1
                if count[r] > 0:
                    break
                r += 1
            if r == 7:
                break
    return best


def mandelbrot(n):
    inside = 0
    for k in range(n):
        c = complex((k % 80) / 40 - 1.5, (k // 80 % 60) / 30 - 1)
        z = 0j
        for _ in range(50):
            z = z * z + c
            if abs(z) > 2:
                break
        else:
            inside += 1
    return inside


def matrices(n):
    size = 24
    a = [[(i * j) % 7 + 1 for j in range(size)] for i in range(size)]
    for _ in range(n):
        columns = list(zip(*a))
        a = [[sum(x * y for x, y in zip(row, column)) % 1009 for column in columns] for row in a]
    return a[3][:4]


def sieve(n):
    count = 0
    for _ in range(n):
        flags = [True] * 20000
        for i in range(2, 142):
            if flags[i]:
                for j in range(i * i, 20000, i):
                    flags[j] = False
        count += sum(1 for i in range(2, 20000) if flags[i])
    return count


def pi_digits(n):
    q, r, t, k, m, x = 1, 0, 1, 1, 3, 3
    total = produced = 0
    while produced < n:
        if 4 * q + r - t < m * t:
            total += m
            produced += 1
            q, r, m = 10 * q, 10 * (r - m * t), (10 * (3 * q + r)) // t - 10 * m
        else:
            q, r, t, k, m, x = q * k, (2 * q + r) * x, t * x, k + 1, (q * (7 * k + 2) + r * x) // (t * x), x + 2
    return total


def keys(n):
    p, q, e = (1 << 521) - 1, (1 << 607) - 1, 65537
    modulus = p * q
    d = pow(e, -1, (p - 1) * (q - 1))
    message, digest = 123456789, 0
    for i in range(n):
        cipher = pow(message + i, e, modulus)
        if i % 16 == 0:
            assert pow(cipher, d, modulus) == message + i
        digest = (digest * 31 + cipher) % ((1 << 127) - 1)
        digest ^= math.gcd(cipher, modulus) << (i % 50)
    return digest, len(str(math.factorial(400) // (1 << 90)))


def random_walk(n):
    state, x, y, far = 12345, 0, 0, 0
    for _ in range(n):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        turn = state >> 16 & 3
        if turn == 0:
            x += 1
        elif turn == 1:
            x -= 1
        elif turn == 2:
            y += 1
        else:
            y -= 1
        if x * x + y * y > far:
            far = x * x + y * y
    return far
