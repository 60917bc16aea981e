"""Algorithms on graphs, those that need no numpy."""
import random
import sys
import networkx as nx
from networkx.algorithms import bipartite, community

size = int(sys.argv[1])
random.seed(7)
g = nx.Graph()
for i in range(size):
    for _ in range(3):
        j = random.randrange(size)
        if i != j:
            g.add_edge(i, j, weight=random.randint(1, 20))
print(g, nx.info(g) if hasattr(nx, "info") else "", nx.is_connected(g), nx.density(g))
print(sorted(map(len, nx.connected_components(g))), nx.number_of_edges(g), sorted(dict(g.degree()).items())[:20])
print(nx.shortest_path(g, 0, 5, weight="weight"), nx.dijkstra_path_length(g, 0, 9), nx.astar_path(g, 1, 8))
print(sorted(nx.single_source_bellman_ford_path_length(g, 3).items())[:20])
print(nx.minimum_spanning_tree(g).size(weight="weight"), sorted(nx.maximal_matching(g))[:5])
print(sorted(nx.core_number(g).items())[:20], nx.transitivity(g), nx.average_clustering(g))
print(sorted((round(v, 12), k) for k, v in nx.betweenness_centrality(g).items())[-5:])
print(sorted((round(v, 12), k) for k, v in nx.closeness_centrality(g).items())[-5:])
print(nx.degree_assortativity_coefficient(g) if size < 0 else "", nx.greedy_color(g) == nx.greedy_color(g.copy()))
print(nx.diameter(g), nx.radius(g), nx.center(g)[:5], nx.node_connectivity(g), nx.edge_connectivity(g))
d = nx.DiGraph()
for i in range(size):
    d.add_edges_from((i, random.randrange(size), {"capacity": random.randint(1, 9)}) for _ in range(4))
print(nx.maximum_flow_value(d, 0, size - 1), nx.minimum_cut_value(d, 0, size - 1))
print(sorted(map(len, nx.strongly_connected_components(d)))[-3:], nx.is_directed_acyclic_graph(d))
dag = nx.DiGraph((u, v) for u, v in d.edges if u < v)
print(list(nx.lexicographical_topological_sort(dag))[:20], nx.dag_longest_path(dag), len(list(nx.topological_generations(dag))))
print(sorted(nx.immediate_dominators(d, 0).items())[:10], nx.transitive_reduction(dag).number_of_edges())
print(sorted((round(v, 10), k) for k, v in nx.pagerank(d).items())[-5:] if "numpy" in sys.modules else "no numpy")
print([sorted(c)[:4] for c in community.greedy_modularity_communities(nx.karate_club_graph())])
print([sorted(c) for c in community.girvan_newman(nx.karate_club_graph()).__next__()])
print(sorted(nx.find_cliques(nx.karate_club_graph()), key=lambda c: (-len(c), sorted(c)))[0].__len__())
print(nx.is_isomorphic(nx.petersen_graph(), nx.relabel_nodes(nx.petersen_graph(), lambda n: (n * 3) % 10)))
print(nx.check_planarity(nx.complete_graph(5))[0], nx.check_planarity(nx.grid_2d_graph(6, 6))[0])
print(list(nx.eulerian_circuit(nx.complete_graph(7))), bipartite.maximum_matching(nx.complete_bipartite_graph(3, 4)))
print(sorted(nx.bridges(nx.barbell_graph(4, 2))), sorted(nx.articulation_points(nx.barbell_graph(4, 2))))
print("\n".join(nx.generate_graphml(nx.path_graph(3))), "\n".join(nx.generate_gml(nx.cycle_graph(3))))
print(nx.to_dict_of_lists(nx.random_tree(12, seed=3)), nx.node_link_data(nx.gnp_random_graph(6, 0.5, seed=1)))
print(nx.forest_str(nx.balanced_tree(2, 3, create_using=nx.DiGraph)), nx.wiener_index(nx.path_graph(10)))
print(nx.max_weight_matching(g) and len(nx.max_weight_matching(g)), nx.girth(g) if hasattr(nx, "girth") else "")
print(nx.approximation.traveling_salesman_problem(nx.complete_graph(8)), nx.rich_club_coefficient(g, normalized=False))
try:
    nx.shortest_path(nx.Graph([(1, 2), (3, 4)]), 1, 4)
except nx.NetworkXNoPath as error:
    print(error)
