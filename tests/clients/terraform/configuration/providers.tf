resource "aws_iam_openid_connect_provider" "ci" {
  url             = "https://ci.example.com"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = var.second ? ["cf23df2207d99a74fbe169e3eba035e633b65d94"] : ["990f4193972f2becf12ddeda5237f9c952f20d9e"]
}
